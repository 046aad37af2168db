//! A member of its own, so that only this test locks the packages whose protos it reads.
