-- Grain: none. A repeatable address of 20 bytes for a number, and a word of 32.
CREATE OR REPLACE TEMP MACRO word_of(n) AS unhex(sha256(n::VARCHAR));
CREATE OR REPLACE TEMP MACRO address_of(n) AS unhex(substr(sha256(n::VARCHAR), 1, 40));
