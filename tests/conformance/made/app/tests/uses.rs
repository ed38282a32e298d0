#[test]
fn a_text_is_unindented() {
    assert_eq!(indoc::indoc! {"
        text
    "}, "text\n");
}
