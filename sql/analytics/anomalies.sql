-- What: what deserves a look, as /v1/anomalies lists it: apps with a single miner, miners who prove their own tasks, stakes that
--   come just before an epoch ends, missed deadlines, gates out of line, proofs at the deadline. None of it is proof of anything.
-- Grain: one row a thing that was noticed, of epochs $from_epoch to $to_epoch, newest first; a missed deadline has no epoch.
-- Parameter: from_epoch epoch = 0: the first epoch that is looked at
-- Parameter: to_epoch epoch = newest: the last one
-- Parameter: rows count = 1000: how many are shown
-- Plot: bar x=epoch y=rows by=kind
SELECT kind, epoch, hex_text(account) AS account, hex_text(app) AS app, text
FROM {serve.anomalies
    low = $from_epoch
    high = $to_epoch
}
ORDER BY epoch DESC NULLS LAST, kind, account, app, text
