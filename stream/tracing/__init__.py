"""Traces: one span a batch, where the operator asks for them; OpenTelemetry is only imported then."""
