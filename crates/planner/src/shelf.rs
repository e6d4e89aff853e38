//! Rooms of one pool, sorted by what they have left, so that the fullest that fits is found at once.

use std::collections::BTreeSet;

use model::size::{CpuUnits, Mib, Size};

use crate::room::Room;

/// Where a room stands among all rooms.
pub(crate) type Place = usize;

#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    /// Nothing runs on them.
    empty: Sorted,
    /// Something does that shares.
    shared: Sorted,
}

impl Shelf {
    /// One that is taken whole has no place on it.
    pub(crate) fn put(&mut self, place: Place, room: &Room<'_>) {
        if room.is_taken_whole {
            return;
        }
        let rooms = if room.n_launches == 0 { &mut self.empty } else { &mut self.shared };
        rooms.put(room.free, place);
    }

    /// Takes the fullest room that holds this much from the shelf.
    pub(crate) fn take(&mut self, size: Size, is_whole: bool) -> Option<Place> {
        let empty = self.empty.fullest(size);
        let shared = if is_whole { None } else { self.shared.fullest(size) };
        let (free, place) = [empty, shared].into_iter().flatten().min()?;
        self.empty.rooms.remove(&(free, place));
        self.shared.rooms.remove(&(free, place));
        Some(place)
    }
}

#[derive(Clone, Debug, Default)]
struct Sorted {
    rooms: BTreeSet<(Size, Place)>,
    /// Sizes that were looked for in vain, for what is looked for is often the same.
    in_vain: Vec<Size>,
}

impl Sorted {
    fn put(&mut self, free: Size, place: Place) {
        self.in_vain.retain(|size| !size.fits_in(free));
        self.rooms.insert((free, place));
    }

    fn fullest(&mut self, size: Size) -> Option<(Size, Place)> {
        if self.in_vain.iter().any(|in_vain| in_vain.fits_in(size)) {
            return None;
        }
        let least = Size { cpu: CpuUnits(size.cpu.0), memory: Mib(0) };
        let fullest = self.rooms.range((least, 0)..).find(|(free, _)| size.fits_in(*free)).copied();
        if fullest.is_none() {
            self.in_vain.push(size);
        }
        fullest
    }
}
