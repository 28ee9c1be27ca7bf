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
        let field = Field::of(prime);
        if !below(&x, &prime) || !below(&y, &prime) {
            return false;
        }
        let left = (0..3).fold(field.product(&y, &y), |sum, _| field.sum(&sum, &x));
        let cube = field.product(&field.product(&x, &x), &x);
        left == field.sum(&cube, &b)
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

/// Numbers below a prime. They are public: time is not kept equal.
struct Field {
    prime: Number,
    /// How many digits a sum of two of them has.
    digits: usize,
}

impl Field {
    fn of(prime: Number) -> Self {
        let above = prime.iter().rev().take_while(|digit| **digit == 0).count();
        let digits = (prime.len() - above + 1).min(prime.len());
        Self { prime, digits }
    }

    fn sum(&self, a: &Number, b: &Number) -> Number {
        let mut sum = *a;
        let mut carry = false;
        for (digit, other) in sum.iter_mut().zip(b).take(self.digits) {
            (*digit, carry) = with_carry(*digit, *other, carry);
        }
        if !below(&sum, &self.prime) {
            // What is taken away: the complement is added.
            let mut carry = true;
            for (digit, other) in sum.iter_mut().zip(&self.prime).take(self.digits) {
                (*digit, carry) = with_carry(*digit, !other, carry);
            }
        }
        sum
    }

    fn product(&self, a: &Number, b: &Number) -> Number {
        let mut product = Number::default();
        for digit in a.iter().rev().skip_while(|digit| **digit == 0) {
            for bit in (0..u64::BITS).rev() {
                product = self.sum(&product, &product);
                if digit >> bit & 1 == 1 {
                    product = self.sum(&product, b);
                }
            }
        }
        product
    }
}

const fn with_carry(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry as u64);
    (sum, first || second)
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
