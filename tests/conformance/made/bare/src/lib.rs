use proc_macro::TokenStream;

#[proc_macro]
pub fn stamp(_input: TokenStream) -> TokenStream {
    format!("pub const STAMP: &str = {:?};", env!("STAMP")).parse().unwrap()
}
