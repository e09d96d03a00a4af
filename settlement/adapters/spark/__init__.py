"""Apache Spark as the engine that aggregates, for epochs that do not fit one machine."""
