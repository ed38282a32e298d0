pub const WORD: &str = "word";
