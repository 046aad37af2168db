//! What is gone, and may be what is new under another name: the one new thing that is made just so.

use std::collections::BTreeSet;

use prost_reflect::{EnumDescriptor, Kind, MessageDescriptor, MethodDescriptor, ServiceDescriptor};

/// The name of the one among `new` with this make.
fn only<'a, T, M: PartialEq>(make: &M, new: &'a [T], of: impl Fn(&T) -> M) -> Option<&'a T> {
    let mut alike = new.iter().filter(|new| of(new) == *make);
    alike.next().filter(|_| alike.next().is_none())
}

/// The new name of a method among those that are `gone`.
pub(super) fn method(
    old: &MethodDescriptor,
    gone: &[MethodDescriptor],
    new: &[MethodDescriptor],
) -> Option<String> {
    let make = |method: &MethodDescriptor| {
        let (input, output) = (method.input(), method.output());
        let streams = (method.is_client_streaming(), method.is_server_streaming());
        (
            input.full_name().to_owned(),
            output.full_name().to_owned(),
            streams,
        )
    };
    let wanted = make(old);
    only(&wanted, gone, make)?;
    only(&wanted, new, make).map(|new| new.name().to_owned())
}

/// The new full name of a service: the same methods.
pub(super) fn service(old: &ServiceDescriptor, new: &[ServiceDescriptor]) -> Option<String> {
    let make = |service: &ServiceDescriptor| {
        service
            .methods()
            .map(|method| method.name().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let wanted = make(old);
    let new = only(&wanted, new, make).filter(|_| !wanted.is_empty());
    new.map(|new| new.full_name().to_owned())
}

/// The new full name of a message: the same fields.
pub(super) fn message(old: &MessageDescriptor, new: &[MessageDescriptor]) -> Option<String> {
    let make = |message: &MessageDescriptor| {
        let fields = message.fields().map(|field| {
            let of = match field.kind() {
                // Its own name is another now.
                Kind::Message(of) if of == *message => String::new(),
                Kind::Message(of) => of.name().to_owned(),
                Kind::Enum(of) => of.name().to_owned(),
                other => format!("{other:?}"),
            };
            (field.number(), field.name().to_owned(), of)
        });
        fields.collect::<BTreeSet<_>>()
    };
    let wanted = make(old);
    let new = only(&wanted, new, make).filter(|_| !wanted.is_empty());
    new.map(|new| new.full_name().to_owned())
}

/// The new full name of an enum: the same values.
pub(super) fn enumeration(old: &EnumDescriptor, new: &[EnumDescriptor]) -> Option<String> {
    let make = |of: &EnumDescriptor| {
        of.values()
            .map(|value| (value.number(), value.name().to_owned()))
            .collect::<BTreeSet<_>>()
    };
    let new = only(&make(old), new, make);
    new.map(|new| new.full_name().to_owned())
}
