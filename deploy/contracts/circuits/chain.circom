pragma circom 2.0.0;

// "I know a start that leads to `result` when it is mixed with `salt` over and over." Small enough that keys and proofs
// take seconds, yet nobody finds a start for a given result but by knowing it. Round constants are powers of 7.
template Chain(rounds) {
    signal input start;
    signal input salt;
    signal output result;

    signal state[rounds + 1];
    signal square[rounds];
    signal fourth[rounds];
    signal mixed[rounds];
    var constant = 7;

    state[0] <== start;
    for (var i = 0; i < rounds; i++) {
        mixed[i] <== state[i] + salt + constant;
        square[i] <== mixed[i] * mixed[i];
        fourth[i] <== square[i] * square[i];
        state[i + 1] <== fourth[i] * mixed[i];
        constant = constant * 7;
    }
    result <== state[rounds];
}

component main {public [salt]} = Chain(20);
