-- Promise: no effective stake is ever negative (SPEC section 3). Rows are violations.
SELECT 'stake of app ' || lower(hex(app)) || ' account ' || lower(hex(account)) || ' role ' || role AS what, stake::VARCHAR AS got
FROM stakes
WHERE stake < 0
ORDER BY app, account, role
