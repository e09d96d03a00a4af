"""Questions of readers in SQL: named queries and their own."""
