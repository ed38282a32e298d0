use proc_macro::TokenStream;
use quote::quote;

#[proc_macro_attribute]
pub fn noted(_: TokenStream, item: TokenStream) -> TokenStream {
    let function = syn::parse_macro_input!(item as syn::ItemFn);
    let word = words::WORD;
    quote! {
        #[doc = #word]
        #function
    }
    .into()
}
