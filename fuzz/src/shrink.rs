//! Makes a finding's text smaller while it stays one of the same kind.

use crate::Case;

/// The smallest case that `fails` still holds for, within a number of tries.
pub fn shrink(case: Case, fails: impl Fn(&Case) -> bool) -> Case {
    let mut best = case;
    let mut tries = 4000_u32;
    let mut attempt = |best: &mut Case, candidate: Case| {
        if tries == 0 || candidate == *best {
            return false;
        }
        tries -= 1;
        let better = fails(&candidate);
        if better {
            *best = candidate;
        }
        better
    };
    loop {
        let start = best.clone();
        // Operations.
        let mut n = 0;
        while n < best.ops.len() {
            let mut candidate = best.clone();
            candidate.ops.remove(n);
            if !attempt(&mut best, candidate) {
                n += 1;
            }
        }
        // Ranges of characters, from large to small; lines first.
        let mut size = best.text.chars().count().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            loop {
                let chars: Vec<char> = best.text.chars().collect();
                if at >= chars.len() {
                    break;
                }
                let end = (at + size).min(chars.len());
                let text: String = chars[..at].iter().chain(&chars[end..]).collect();
                let candidate = best.with(text);
                if !attempt(&mut best, candidate) {
                    at += size;
                }
            }
            let lines: Vec<String> = best.text.split_inclusive('\n').map(str::to_owned).collect();
            for n in (0..lines.len()).rev() {
                let mut lines: Vec<&str> = best.text.split_inclusive('\n').collect();
                if n < lines.len() {
                    lines.remove(n);
                    let candidate = best.with(lines.concat());
                    attempt(&mut best, candidate);
                }
            }
            size /= 2;
        }
        if best == start {
            return best;
        }
    }
}
