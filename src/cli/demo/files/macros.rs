//! A proc macro of the workspace: `#[derive(Describe)]`.

use proc_macro::{TokenStream, TokenTree};

/// Gives a struct a method that says what it is, in the words of `demo-words`.
#[proc_macro_derive(Describe)]
pub fn describe(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    let is_struct = |token: &TokenTree| token.to_string() == "struct";
    let Some(name) = tokens.find(is_struct).and_then(|_| tokens.next()) else {
        return TokenStream::new();
    };
    let sentence = demo_words::sentence(&name.to_string());
    format!("impl {name} {{ fn describe(&self) -> &'static str {{ {sentence:?} }} }}")
        .parse()
        .expect("the generated code is Rust")
}
