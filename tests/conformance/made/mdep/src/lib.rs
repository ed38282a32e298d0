pub fn weight() -> usize {
    mcore::weight() + 1
}
