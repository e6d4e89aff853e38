//! Which process holds the other end of a connection, and ends it: a function dies as its machine would.

use std::{net::SocketAddr, path::Path};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Ends the process that called from there. A caller that has gone already needs no ending.
pub(super) fn stop(from: SocketAddr, own: SocketAddr) {
    if let Some(pid) = holder(from, own) {
        let _ = kill(pid, Signal::SIGKILL);
    }
}

fn holder(from: SocketAddr, own: SocketAddr) -> Option<Pid> {
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let socket = format!("socket:[{}]", inode(&table, from, own)?);
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| u32::try_from(*pid) != Ok(std::process::id()))
        .find(|pid| holds(*pid, &socket))
        .map(Pid::from_raw)
}

/// The inode of the socket with these two ends, in `/proc/net/tcp`.
fn inode(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<u64> {
    let (local, remote) = (hexadecimal(local)?, hexadecimal(remote)?);
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let matches = fields.next()? == local && fields.next()? == remote;
        matches.then(|| fields.nth(6)?.parse().ok()).flatten()
    })
}

/// The kernel writes an address as a number of this machine's byte order: `0100007F:1F90`.
fn hexadecimal(address: SocketAddr) -> Option<String> {
    let SocketAddr::V4(address) = address else { return None };
    Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port()))
}

fn holds(pid: i32, socket: &str) -> bool {
    let Ok(descriptors) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    descriptors
        .flatten()
        .any(|descriptor| std::fs::read_link(descriptor.path()).is_ok_and(|link| link == Path::new(socket)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_found_in_the_kernels_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 20 4 30 10 -1\n";
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(inode(table, at(0xC001), at(8080)), Some(4711));
        assert_eq!(inode(table, at(0xC002), at(8080)), None);
    }
}
