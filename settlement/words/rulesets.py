"""What the rulesets of the paper mean for a network, said wherever one is chosen (SPEC section 5.1)."""

MEANINGS = {
    "paper-v1": (
        "the paper's words: stakes are divided by those of the whole network. In an even network of G apps with all "
        "weights one half it pays (1/(2G))^(1/2) of the pool (22 % at 10 apps, 7 % at 100) and carries the rest, and "
        "idle stake anywhere weighs against everyone."
    ),
    "paper-v2": (
        "the network's earlier documents and its contracts: an app's stake is divided by that of the apps with a "
        "counted proof, own stake by that of the app's miners or users. It pays nearly all where stakers take part: "
        "idle stake weighs in its own app alone, and idle apps weigh nothing, so that in a quiet epoch the few who "
        "work take more (never approve an app without demand)."
    ),
}
"""What each ruleset that can settle this network means, by name."""
