"""Calls methods with nothing but what the server's reflection tells."""

from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


def services(channel):
    """Every service of the server, but reflection and health, by its descriptor."""
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = DescriptorPool(database)
    names = [name for name in database.get_services() if not name.startswith("grpc.")]
    assert names, "the server tells of no service"
    return [pool.FindServiceByName(name) for name in sorted(names)]


def kind(method):
    """The name of the channel's function for the method, such as `unary_stream`."""
    return "_".join("stream" if streaming else "unary" for streaming in (method.client_streaming, method.server_streaming))


def call(channel, method, values):
    """All answers to one request with those of the values that it has a field for."""
    request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    function = getattr(channel, kind(method))(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=request.SerializeToString,
        response_deserializer=response.FromString,
    )
    message = request(**{name: value for name, value in values.items() if name in method.input_type.fields_by_name})
    answer = function(iter([message]) if method.client_streaming else message, timeout=5)
    return list(answer) if method.server_streaming else [answer]
