//! Compiles `echo.proto`, the service that all twins serve.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    let descriptors = protox::compile(["echo.proto"], ["."])?;
    let out = env::var("OUT_DIR")?;
    fs::write(
        Path::new(&out).join("descriptors.bin"),
        descriptors.encode_to_vec(),
    )?;
    tonic_prost_build::configure().compile_fds(descriptors.clone())?;
    // The same service once more, as the services of this workspace are generated.
    let folder = Path::new(&out).join("served");
    fs::create_dir_all(&folder)?;
    tonic_prost_build::configure()
        .out_dir(folder)
        .build_client(false)
        .extern_path(".bench.v1.Payload", "crate::echo::Payload")
        .codec_path("api::protosmith_codec::SmallBuffers")
        .compile_fds(descriptors)?;
    Ok(())
}
