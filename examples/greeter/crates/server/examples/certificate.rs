//! Makes a certificate that signs itself, for TLS on this machine.
//!
//! Arguments: the folder, then the names and addresses that the certificate is for. Writes `tls.crt` and
//! `tls.key`, which only its owner can read.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: certificate FOLDER NAME…")?);
    let names: Vec<_> = arguments.collect();
    let made = rcgen::generate_simple_self_signed(names)?;
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("tls.crt"), made.cert.pem())?;

    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut key = options.open(folder.join("tls.key"))?;
    key.write_all(made.signing_key.serialize_pem().as_bytes())?;
    Ok(())
}
