"""The contracts as documents: JSON Schema by topic and version, AsyncAPI, OpenAPI. Made of the code, never by hand."""
