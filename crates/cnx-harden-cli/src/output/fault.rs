//! Where the writer meets the system, so that tests can let each of these meetings fail.

use std::io;

/// Called before each step that can fail.
#[cfg(not(test))]
pub(super) const fn step() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) fn step() -> io::Result<()> {
    let plan = PLAN.get();
    let now = plan.steps;
    PLAN.set(Plan {
        steps: now + 1,
        ..plan
    });
    match plan.fault {
        Some((at, code, once)) if now == at || (now > at && !once) => {
            Err(io::Error::from_raw_os_error(code))
        }
        _ => Ok(()),
    }
}

/// What is to fail: the step, the system's code, and whether all behind it work again.
#[cfg(test)]
#[derive(Clone, Copy, Default)]
pub(super) struct Plan {
    pub(super) steps: usize,
    pub(super) fault: Option<(usize, i32, bool)>,
}

#[cfg(test)]
thread_local! {
    pub(super) static PLAN: std::cell::Cell<Plan> = std::cell::Cell::default();
}
