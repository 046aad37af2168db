//! The header of the PROXY protocol, version 1 or 2: for whom a proxy has opened a connection.
//!
//! Reads no byte more than the header, so that what follows is left for TLS or HTTP/2.
//! The protocol: <https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt};

/// How a header of version 2 begins; no header of version 1 is shorter.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// Longest header of version 1, its line break included.
const LONGEST_TEXT: usize = 107;
/// Longest rest of a header of version 2 that is taken: addresses, and what extensions are used.
const LONGEST_BINARY: usize = 4096;

/// Reads the header off `io`; none if the proxy calls for itself, as it does to check health.
pub(super) async fn read<T: AsyncRead + Unpin>(io: &mut T) -> io::Result<Option<SocketAddr>> {
    let mut begin = [0; SIGNATURE.len()];
    io.read_exact(&mut begin).await?;
    if begin == *SIGNATURE {
        binary(io).await
    } else if begin.starts_with(b"PROXY ") {
        text(io, &begin).await
    } else {
        Err(fault("no PROXY protocol header"))
    }
}

async fn text<T: AsyncRead + Unpin>(io: &mut T, begin: &[u8]) -> io::Result<Option<SocketAddr>> {
    let mut line = Vec::with_capacity(LONGEST_TEXT);
    line.extend_from_slice(begin);
    while !line.ends_with(b"\r\n") {
        if line.len() == LONGEST_TEXT {
            return Err(fault("a PROXY protocol header without an end"));
        }
        line.push(io.read_u8().await?);
    }
    let line =
        str::from_utf8(&line).map_err(|_| fault("a PROXY protocol header that is no text"))?;
    let words: Vec<&str> = line.trim_end().split(' ').collect();
    match words[..] {
        ["PROXY", "UNKNOWN", ..] => Ok(None),
        ["PROXY", "TCP4" | "TCP6", source, _, port, _] => {
            let ip = source.parse::<IpAddr>().ok();
            let address = ip.zip(port.parse().ok());
            let (ip, port) =
                address.ok_or_else(|| fault("a PROXY protocol header without an address"))?;
            Ok(Some(SocketAddr::new(ip.to_canonical(), port)))
        }
        _ => Err(fault("an unknown kind of PROXY protocol header")),
    }
}

async fn binary<T: AsyncRead + Unpin>(io: &mut T) -> io::Result<Option<SocketAddr>> {
    let (command, family) = (io.read_u8().await?, io.read_u8().await?);
    let length = usize::from(io.read_u16().await?);
    if length > LONGEST_BINARY {
        return Err(fault("a PROXY protocol header that is too long"));
    }
    let mut rest = vec![0; length];
    io.read_exact(&mut rest).await?;
    match (command, family >> 4) {
        // LOCAL, or a family that has no IP address.
        (0x20, _) | (0x21, 0 | 3) => Ok(None),
        (0x21, 1) => match rest[..] {
            [a, b, c, d, _, _, _, _, high, low, _, _, ..] => {
                let ip = Ipv4Addr::new(a, b, c, d);
                Ok(Some((ip, u16::from_be_bytes([high, low])).into()))
            }
            _ => Err(fault("a PROXY protocol header without an address")),
        },
        (0x21, 2) => match (rest.first_chunk::<16>(), rest.get(32..36)) {
            (Some(ip), Some(&[high, low, _, _])) => {
                let ip = IpAddr::V6(Ipv6Addr::from(*ip)).to_canonical();
                Ok(Some((ip, u16::from_be_bytes([high, low])).into()))
            }
            _ => Err(fault("a PROXY protocol header without an address")),
        },
        _ => Err(fault("an unknown kind of PROXY protocol header")),
    }
}

fn fault(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The address of a header that more bytes follow, which must be left.
    async fn source(header: &[u8]) -> Result<Option<String>, String> {
        let sent = [header, b"PRI"].concat();
        let mut io = sent.as_slice();
        let read = read(&mut io).await.map_err(|error| error.to_string())?;
        assert_eq!(io, b"PRI");
        Ok(read.map(|address| address.to_string()))
    }

    fn version2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[command, family][..], &length, rest].concat()
    }

    #[tokio::test]
    async fn both_versions_are_read() {
        let v1 = |text: &str| format!("PROXY {text}\r\n").into_bytes();
        let of = async |header: Vec<u8>| source(&header).await.unwrap();
        let v4 = v1("TCP4 203.0.113.7 10.0.0.1 4711 443");
        assert_eq!(of(v4).await.as_deref(), Some("203.0.113.7:4711"));
        let v6 = v1("TCP6 2001:db8::1 ::1 1 2");
        assert_eq!(of(v6).await.as_deref(), Some("[2001:db8::1]:1"));
        assert_eq!(of(v1("UNKNOWN")).await, None);

        let v4 = [203, 0, 113, 7, 10, 0, 0, 1, 0x12, 0x67, 1, 187];
        let with_extension = [&v4[..], &[4, 0, 1, 0]].concat();
        for rest in [&v4[..], &with_extension] {
            let address = of(version2(0x21, 0x11, rest)).await;
            assert_eq!(address.as_deref(), Some("203.0.113.7:4711"));
        }
        let mut v6 = [0; 36];
        v6[..16].copy_from_slice(&"2001:db8::1".parse::<Ipv6Addr>().unwrap().octets());
        v6[33] = 9;
        let address = of(version2(0x21, 0x21, &v6)).await;
        assert_eq!(address.as_deref(), Some("[2001:db8::1]:9"));
        assert_eq!(of(version2(0x20, 0, &[])).await, None);
        assert_eq!(of(version2(0x21, 0x31, &[0; 216])).await, None);
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        for header in [
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            b"PROXY TCP4 nobody 10.0.0.1 1 2\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.7\r\n".to_vec(),
            [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200]].concat(),
            version2(0x21, 0x11, &[1, 2, 3]),
            version2(0x21, 0x21, &[0; 16]),
            version2(0x31, 0x11, &[0; 12]),
            version2(0x21, 0x11, &[0; 5000]),
            b"PROXY".to_vec(),
        ] {
            assert!(read(&mut header.as_slice()).await.is_err(), "{header:?}");
        }
    }
}
