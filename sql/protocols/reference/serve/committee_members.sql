-- Grain: one row an oracle of $members, a list of addresses: how many epochs it voted on, how many it spoke against what was
-- proposed in (by a dissent, or by a vote for another report), of how many proposed ones its vote is missing, and the last epoch
-- it voted on. `roots`, `votes` and `against` are the steps of these names, over the same epochs.
WITH cast_votes AS (
    SELECT v.oracle, count(*) AS votes, count(r.epoch) AS proposed, max(v.epoch) AS last_epoch
    FROM votes AS v LEFT JOIN roots AS r ON r.epoch = v.epoch
    GROUP BY v.oracle
)
SELECT m.member, coalesce(c.votes, 0) AS votes, coalesce(a.dissents, 0) AS dissents,
       (SELECT count(*) FROM roots) - coalesce(c.proposed, 0) AS missed, c.last_epoch
FROM (SELECT unnest(CAST($members AS BLOB[])) AS member) AS m
LEFT JOIN cast_votes AS c ON c.oracle = m.member
LEFT JOIN against AS a ON a.oracle = m.member
