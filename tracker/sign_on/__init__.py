"""Sign-on by an agency's own identity provider, with OpenID Connect. Local accounts go on beside it."""
