-- Grain: no rows. What queries of people may use: `addr('0x..')` makes bytes of hex text, `hex_text` the reverse, `in_tokens` places
-- the point in an amount of base units by cutting its digits (nothing is divided), `decimals_of` says where it stands for a
-- token, `as_time` makes a date of seconds, NULL beyond the year 9999. `total_of` sums amounts in two halves: a plain sum of
-- DuckDB's threads wraps around above 2^127 without a word; this one refuses what is above 38 digits.
CREATE SCHEMA IF NOT EXISTS analytics;
CREATE OR REPLACE MACRO addr(hex) AS
    CASE WHEN regexp_full_match(hex, '0[xX]([0-9a-fA-F][0-9a-fA-F])*') THEN unhex(substr(hex, 3))
         ELSE error('addr() wants 0x and pairs of hex digits, got ' || hex) END;
CREATE OR REPLACE MACRO hex_text(bytes) AS '0x' || lower(hex(bytes));
CREATE OR REPLACE MACRO place_point(digits, decimals) AS
    rtrim(rtrim(left(digits, length(digits) - decimals) || '.' || right(digits, decimals), '0'), '.');
CREATE OR REPLACE MACRO in_tokens(amount, decimals) AS
    CASE WHEN amount < 0 THEN '-' ELSE '' END
    || place_point(lpad(ltrim(amount::VARCHAR, '-'),
                        greatest(length(ltrim(amount::VARCHAR, '-')), decimals + 1)::INTEGER, '0'), decimals::INTEGER);
CREATE OR REPLACE MACRO decimals_of(token) AS getvariable('token_decimals')[token];
CREATE OR REPLACE MACRO network_decimals() AS decimals_of(getvariable('network_token'));
CREATE OR REPLACE MACRO as_time(seconds) AS
    CASE WHEN seconds < 253402300800 THEN make_timestamp(seconds::BIGINT * 1000000) END;
CREATE OR REPLACE MACRO network_token() AS hex_text(getvariable('network_token'));
CREATE OR REPLACE MACRO in_network_tokens(amount) AS in_tokens(amount, network_decimals());
CREATE OR REPLACE MACRO total_of(amount) AS
    (sum(amount::HUGEINT >> 63) * 9223372036854775808::HUGEINT + sum(amount::HUGEINT & 9223372036854775807))::DECIMAL(38, 0);
