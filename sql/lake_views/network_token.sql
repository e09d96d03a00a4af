-- Grain: no rows. The network's own token. {token} is ours: its bytes.
SET VARIABLE network_token = {token}::BLOB;
