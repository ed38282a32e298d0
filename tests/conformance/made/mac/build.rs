use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=schema");
    println!("cargo:rerun-if-env-changed=MAC_BUILD_ENV");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let schema = fs::read_to_string("schema/one.txt").unwrap();
    fs::write(out.join("gen.rs"), format!("const SCHEMA: &str = {schema:?};\n")).unwrap();
}
