//! The elliptic curves that Go knows, and whether a point is on one.

/// A curve with a name: y² = x³ - 3x + b, modulo a prime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P224,
    P256,
    P384,
    P521,
}

/// Above 2^521, so that two of them have a sum: the lowest digit first.
type Number = [u64; 9];

impl Curve {
    /// By its object identifier.
    pub(super) const fn named(oid: &[u8]) -> Option<Self> {
        match oid {
            [0x2b, 0x81, 4, 0, 33] => Some(Self::P224),
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] => Some(Self::P256),
            [0x2b, 0x81, 4, 0, 34] => Some(Self::P384),
            [0x2b, 0x81, 4, 0, 35] => Some(Self::P521),
            _ => None,
        }
    }

    /// Whether these two numbers of the curve's size, one behind the other, are a point
    /// on it.
    pub(super) fn has(self, point: &[u8]) -> bool {
        let (size, prime, b) = self.parameters();
        if point.len() != 2 * size {
            return false;
        }
        let (x, y) = point.split_at(size);
        let (x, y) = (number(x), number(y));
        if !below(&x, &prime) || !below(&y, &prime) {
            return false;
        }
        let field = Field::of(prime);
        let product = |a: &Number, b: &Number| field.product(a, b);
        // Each product is divided by R: so is each term, as often as the others.
        let left = sum(&product(&y, &y), 1, &product(&sum(&ZERO, 3, &x), &ONE));
        let right = sum(
            &product(&product(&x, &x), &x),
            1,
            &product(&product(&b, &ONE), &ONE),
        );
        product(&product(&left, &ONE), &ONE) == product(&right, &ONE)
    }

    /// The bytes of a coordinate, the prime and b (SEC 2; FIPS 186-4, D.1.2).
    const fn parameters(self) -> (usize, Number, Number) {
        const ALL: u64 = u64::MAX;
        match self {
            Self::P224 => (
                28,
                [1, 0xffff_ffff_0000_0000, ALL, 0xffff_ffff, 0, 0, 0, 0, 0],
                [
                    0x270b_3943_2355_ffb4,
                    0x5044_b0b7_d7bf_d8ba,
                    0x0c04_b3ab_f541_3256,
                    0xb405_0a85,
                    0,
                    0,
                    0,
                    0,
                    0,
                ],
            ),
            Self::P256 => (
                32,
                [ALL, 0xffff_ffff, 0, 0xffff_ffff_0000_0001, 0, 0, 0, 0, 0],
                [
                    0x3bce_3c3e_27d2_604b,
                    0x651d_06b0_cc53_b0f6,
                    0xb3eb_bd55_7698_86bc,
                    0x5ac6_35d8_aa3a_93e7,
                    0,
                    0,
                    0,
                    0,
                    0,
                ],
            ),
            Self::P384 => (
                48,
                [
                    0xffff_ffff,
                    0xffff_ffff_0000_0000,
                    ALL - 1,
                    ALL,
                    ALL,
                    ALL,
                    0,
                    0,
                    0,
                ],
                [
                    0x2a85_c8ed_d3ec_2aef,
                    0xc656_398d_8a2e_d19d,
                    0x0314_088f_5013_875a,
                    0x181d_9c6e_fe81_4112,
                    0x988e_056b_e3f8_2d19,
                    0xb331_2fa7_e23e_e7e4,
                    0,
                    0,
                    0,
                ],
            ),
            Self::P521 => (
                66,
                [ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, 0x1ff],
                [
                    0xef45_1fd4_6b50_3f00,
                    0x3573_df88_3d2c_34f1,
                    0x1652_c0bd_3bb1_bf07,
                    0x5619_3951_ec7e_937b,
                    0xb8b4_8991_8ef1_09e1,
                    0xa2da_725b_99b3_15f3,
                    0x929a_21a0_b685_40ee,
                    0x953e_b961_8e1c_9a1f,
                    0x51,
                ],
            ),
        }
    }
}

const ZERO: Number = [0; 9];
const ONE: Number = [1, 0, 0, 0, 0, 0, 0, 0, 0];

/// Numbers modulo a prime. They are public: time is not kept equal.
struct Field {
    prime: Number,
    /// What makes the lowest digit of a multiple of the prime -1.
    factor: u64,
}

impl Field {
    fn of(prime: Number) -> Self {
        let [lowest, ..] = prime;
        // Each step doubles the bits that are right; an odd number is its own inverse in
        // the lowest three.
        let inverse = (0..5).fold(lowest, |inverse: u64, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(lowest.wrapping_mul(inverse)))
        });
        let factor = inverse.wrapping_neg();
        Self { prime, factor }
    }

    /// a·b/R, below the prime, with R = 2^576 (Montgomery 1985), of numbers below four times
    /// the prime.
    fn product(&self, a: &Number, b: &Number) -> Number {
        let mut all = [0; 10];
        for digit in a {
            add(&mut all, *digit, b);
            let [lowest, ..] = all;
            add(&mut all, lowest.wrapping_mul(self.factor), &self.prime);
            // The lowest digit is 0 now.
            all.rotate_left(1);
        }
        let [product @ .., _] = all;
        match below(&product, &self.prime) {
            true => product,
            // The complement is added.
            false => sum(&sum(&product, 1, &ONE), 1, &self.prime.map(|digit| !digit)),
        }
    }
}

/// a + factor·b, of which nothing above 2^576 is kept.
fn sum(a: &Number, factor: u64, b: &Number) -> Number {
    let mut all = [0; 10];
    add(&mut all, 1, a);
    add(&mut all, factor, b);
    let [sum @ .., _] = all;
    sum
}

/// Adds factor·b.
fn add(all: &mut [u64; 10], factor: u64, b: &Number) {
    let mut carry = 0;
    for (digit, other) in all.iter_mut().zip(b.iter().chain(&[0])) {
        let sum = u128::from(*digit) + u128::from(factor) * u128::from(*other) + carry;
        *digit = (sum & u128::from(u64::MAX)) as u64;
        carry = sum >> u64::BITS;
    }
}

fn below(a: &Number, b: &Number) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// From bytes, the highest first.
fn number(bytes: &[u8]) -> Number {
    let mut number = Number::default();
    for (digit, bytes) in number.iter_mut().zip(bytes.rchunks(8)) {
        *digit = bytes
            .iter()
            .fold(0, |digit, byte| digit << 8 | u64::from(*byte));
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The base points (FIPS 186-4, D.1.2).
    const BASE_POINTS: [(Curve, &str); 4] = [
        (
            Curve::P224,
            "b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21bd376388b5\
             f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
        ),
        (
            Curve::P256,
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964f\
             e342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        ),
        (
            Curve::P384,
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a3855\
             02f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f4\
             1dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        ),
        (
            Curve::P521,
            "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d\
             baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66\
             011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e66\
             2c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        ),
    ];

    #[test]
    fn a_point_is_on_its_curve_and_beside_it_is_none() {
        for (curve, point) in BASE_POINTS {
            let digits = point.as_bytes().chunks(2);
            let point: Vec<_> = digits
                .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
                .collect();
            assert!(curve.has(&point), "{curve:?}");
            for bit in 0..8 * point.len() {
                let mut beside = point.clone();
                beside[bit / 8] ^= 1 << (bit % 8);
                assert!(!curve.has(&beside), "{curve:?}, bit {bit}");
            }
            let (x, y) = point.split_at(point.len() / 2);
            assert!(!curve.has(x), "{curve:?}");
            assert!(!curve.has(&[y, x].concat()), "{curve:?}");
        }
    }
}
