# A declined period is tried five times more, its last try is announced, and then it is given up.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-01  the bank declines ANNA with 3001: Insufficient funds
2026-02-15  > ANNA is declined 9.99 EUR for period 2
            > period 2 of ANNA is retrying: 3001
2026-02-16  > ANNA is declined 9.99 EUR for period 2
2026-02-19  > ANNA is declined 9.99 EUR for period 2
2026-02-24  > ANNA is declined 9.99 EUR for period 2
2026-03-03  > ANNA is declined 9.99 EUR for period 2
2026-03-08  > ANNA is told about period 2: last_warning
2026-03-10  > ANNA is declined 9.99 EUR for period 2
            > period 2 of ANNA is declined: 3001
            > ANNA is told about period 2: given_up
2026-03-13  ANNA saves a new card
2026-03-15  > ANNA is charged 9.99 EUR for period 3
2026-04-01  the end
