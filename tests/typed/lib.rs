//! A member of its own, so that nobody who only builds protosmith compiles the types of Kubernetes.
