//! What each actor may ask for.
