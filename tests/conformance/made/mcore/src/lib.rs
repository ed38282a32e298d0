pub fn weight() -> usize {
    1
}
