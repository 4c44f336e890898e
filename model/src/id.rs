//! One type for each kind of thing, so that the compiler catches swapped arguments.

use std::fmt;
use std::str::FromStr;

/// A text that is not an identifier of the wanted kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotAnId;

/// Declares identifier types: a tag for people, 128 random bits for machines.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $tag:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name([u8; 16]);

        impl $name {
            /// What the text form starts with.
            pub const TAG: &'static str = $tag;

            /// A new identifier that nobody can guess.
            pub fn random() -> Self {
                Self(rand::random())
            }

            /// Wraps bits that came from the id source or from disk.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bits, as stored in keys.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{:032x}", Self::TAG, u128::from_be_bytes(self.0))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let hex = text.strip_prefix(concat!($tag, "_")).ok_or(NotAnId)?;
                if hex.len() != 32 || hex.starts_with('+') {
                    return Err(NotAnId);
                }
                let bits = u128::from_str_radix(hex, 16).map_err(|_| NotAnId)?;
                Ok(Self(bits.to_be_bytes()))
            }
        }
    )*};
}

ids! {
    /// A file attached to calendar objects.
    AttachmentId = "at";
    /// Somebody with an account: a host, whose calendars can be booked.
    UserId = "us";
    /// A password for one device or program of a user.
    AppPasswordId = "ap";
    /// A calendar.
    CollectionId = "co";
    /// Hours in which a host can be booked.
    ScheduleId = "sc";
    /// What can be booked.
    EventTypeId = "et";
    /// A slot kept for minutes during checkout.
    HoldId = "ho";
    /// One promised meeting.
    BookingId = "bk";
    /// A device that is told of changes.
    SubscriptionId = "su";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_says_what_kind_of_id_it_is() {
        let id = BookingId::from_bytes([7; 16]);
        assert_eq!(id.to_string(), "bk_07070707070707070707070707070707");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().parse::<HoldId>(), Err(NotAnId));
    }
}
