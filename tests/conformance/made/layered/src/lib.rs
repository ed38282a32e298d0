//! A macro that itself uses a macro of the workspace.
use proc_macro::TokenStream;

mod uses {
    mac::made!();
}

#[proc_macro_attribute]
pub fn leave_alone(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    assert!(uses::MADE > 0);
    item
}

#[proc_macro_derive(Nothing)]
pub fn nothing(_item: TokenStream) -> TokenStream {
    TokenStream::new()
}
