//! Package, library and file names all differ.
use proc_macro::TokenStream;

#[proc_macro]
pub fn odd(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
