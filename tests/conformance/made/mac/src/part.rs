pub fn weight() -> usize {
    mdep::weight() + 1
}
