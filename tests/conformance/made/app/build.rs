fn main() {
    let mut sum = 0;
    seq_macro::seq!(N in 0..4 { sum += N; });
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=SUM={sum}");
}
