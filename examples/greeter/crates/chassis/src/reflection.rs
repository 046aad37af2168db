//! The reflection service, `grpc.reflection.v1` and `v1alpha`: the server tells its protos.

use tonic_reflection::pb::{v1, v1alpha};
use tonic_reflection::server::{Builder, Error};

use crate::services::Services;

/// The descriptors of the reflection services themselves.
pub const DESCRIPTORS: [&[u8]; 2] = [v1::FILE_DESCRIPTOR_SET, v1alpha::FILE_DESCRIPTOR_SET];

/// The protos cannot be told.
#[derive(Debug, thiserror::Error)]
#[error("reflection cannot read the descriptors: {0:?}")]
pub struct ReflectionError(Error);

/// Adds both versions, which tell of all `services` and of themselves.
///
/// `sets` are the encoded descriptor sets that declare the services.
pub fn add(services: &mut Services, sets: &[&[u8]]) -> Result<(), ReflectionError> {
    let names = services.names();
    let builder = || {
        let builder = Builder::configure()
            .with_service_name("grpc.reflection.v1.ServerReflection")
            .with_service_name("grpc.reflection.v1alpha.ServerReflection");
        let builder = sets.iter().fold(builder, |builder, set| {
            builder.register_encoded_file_descriptor_set(set)
        });
        names
            .iter()
            .fold(builder, |builder, name| builder.with_service_name(*name))
    };
    services.add(builder().build_v1().map_err(ReflectionError)?);
    services.add(builder().build_v1alpha().map_err(ReflectionError)?);
    Ok(())
}
