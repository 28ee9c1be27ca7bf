//! RSA private keys: which ones Go uses (`rsa.PrivateKey.Validate`).
//!
//! The numbers are secret, so they are in memory that is erased.

use std::cmp::Ordering;

use zeroize::Zeroizing;

use super::der::{INTEGER, Reader, SEQUENCE, number};

/// A number in digits of 32 bits, the lowest first, without zeros behind the highest.
type Number = Zeroizing<Vec<u32>>;

/// Whether Go uses a key with this public exponent.
pub(crate) fn is_exponent(number: i64) -> bool {
    (3..=i64::from(i32::MAX)).contains(&number) && number % 2 == 1
}

/// The public half of a key in PKCS#1 that Go uses.
pub(crate) struct RsaKey<'k> {
    /// Without leading zeros.
    pub(crate) modulus: &'k [u8],
    pub(crate) exponent: i64,
}

impl<'k> RsaKey<'k> {
    /// Reads a key in PKCS#1. None where Go does not use it: the exponents do not fit the
    /// primes, or the primes the modulus; since 1.24 also where the private exponent is
    /// not below the modulus.
    pub(crate) fn from_pkcs1(der: &'k [u8]) -> Option<Self> {
        let mut fields = Reader(der).read(SEQUENCE)?;
        let version = number(fields.integer()?)?;
        if !(0..=1).contains(&version) {
            return None;
        }
        let mut next = || {
            let bytes = fields.integer()?;
            let positive = bytes.first()? & 0x80 == 0 && bytes != [0];
            positive.then_some(bytes)
        };
        let (modulus, exponent, private) = (next()?, next()?, next()?);
        let primes = [next()?, next()?];
        // The rest is computed anew, and has to be there alone.
        for _ in 0..3 {
            next()?;
        }
        if fields.peek(INTEGER) || fields.peek(SEQUENCE) {
            // More than two primes.
            return None;
        }
        let small = number(exponent)?;
        if !is_exponent(small) {
            return None;
        }
        let (private, whole) = (digits(private), digits(modulus));
        let [first, second] = primes.map(digits);
        let is_product = compare(&product(&first, &second), &whole) == Ordering::Equal;
        let below = compare(&private, &whole) == Ordering::Less;
        let power = product(&private, &digits(exponent));
        let one: &[u32] = &[1];
        let fits = |prime: &Number| {
            let order = minus_one(prime);
            compare(&order, one) == Ordering::Greater && **remainder(&power, &order) == *one
        };
        (is_product && below && fits(&first) && fits(&second)).then(|| Self {
            modulus: modulus.strip_prefix(&[0]).unwrap_or(modulus),
            exponent: small,
        })
    }
}

fn digits(bytes: &[u8]) -> Number {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len() / 4 + 1));
    for digit in bytes.rchunks(4) {
        out.push(
            digit
                .iter()
                .fold(0, |digit, byte| digit << 8 | u32::from(*byte)),
        );
    }
    trim(&mut out);
    out
}

fn trim(number: &mut Number) {
    while number.last() == Some(&0) {
        number.pop();
    }
}

fn compare(one: &[u32], other: &[u32]) -> Ordering {
    let length = one.len().cmp(&other.len());
    length.then_with(|| one.iter().rev().cmp(other.iter().rev()))
}

fn product(one: &[u32], other: &[u32]) -> Number {
    let mut out = Zeroizing::new(vec![0_u32; one.len() + other.len()]);
    for (place, digit) in one.iter().enumerate() {
        let mut carry = 0_u64;
        let places = out.iter_mut().skip(place);
        for (sum, factor) in places.zip(other.iter().chain(std::iter::once(&0))) {
            carry += u64::from(*sum) + u64::from(*digit) * u64::from(*factor);
            *sum = low(carry);
            carry >>= 32;
        }
    }
    trim(&mut out);
    out
}

/// The lowest digit.
#[allow(clippy::cast_possible_truncation, reason = "that is what it is for")]
const fn low(number: u64) -> u32 {
    number as u32
}

fn minus_one(number: &[u32]) -> Number {
    let mut out = Zeroizing::new(number.to_vec());
    for digit in out.iter_mut() {
        let (less, borrows) = digit.overflowing_sub(1);
        *digit = less;
        if !borrows {
            break;
        }
    }
    trim(&mut out);
    out
}

/// The remainder of a division, bit by bit.
fn remainder(value: &[u32], divisor: &[u32]) -> Number {
    let mut rest = Zeroizing::new(Vec::with_capacity(divisor.len() + 1));
    for digit in value.iter().rev() {
        for bit in (0..32).rev() {
            let mut carry = digit >> bit & 1;
            for place in rest.iter_mut() {
                let doubled = *place << 1 | carry;
                carry = *place >> 31;
                *place = doubled;
            }
            if carry > 0 {
                rest.push(carry);
            }
            if compare(&rest, divisor) != Ordering::Less {
                let mut borrow = 0_i64;
                for (place, less) in rest
                    .iter_mut()
                    .zip(divisor.iter().chain(std::iter::repeat(&0)))
                {
                    borrow += i64::from(*place) - i64::from(*less);
                    *place = low(borrow.rem_euclid(1 << 32).unsigned_abs());
                    borrow >>= 32;
                }
                trim(&mut rest);
            }
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::{digits, is_exponent, product, remainder};

    #[test]
    fn numbers_are_multiplied_and_divided() {
        let number = |n: u128| digits(&n.to_be_bytes());
        let pairs = [
            (0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_fffe),
            (0x1_0000_0000, 0xffff_ffff),
            (12_345_678_901_234_567_890, 987_654_321),
            (7, 7),
        ];
        for (a, b) in pairs {
            assert_eq!(*product(&number(a), &number(b)), *number(a * b));
            assert_eq!(
                *remainder(&number(a * b + 5), &number(b)),
                *number((a * b + 5) % b)
            );
        }
    }

    #[test]
    fn exponents_are_odd_and_of_31_bits() {
        for (number, is) in [
            (-3, false),
            (0, false),
            (1, false),
            (2, false),
            (3, true),
            (4, false),
            (65_537, true),
            (65_538, false),
            (0x7fff_ffff, true),
            (0x8000_0001, false),
        ] {
            assert_eq!(is_exponent(number), is, "{number}");
        }
    }
}
