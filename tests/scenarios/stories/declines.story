# A card that has died.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-01  the bank declines ANNA with 3006: Rejected: invalid card
2026-02-15  > ANNA is declined 9.99 EUR for period 2
            > period 2 of ANNA is declined: 3006
2026-03-15  > period 3 of ANNA is skipped: card_dead
2026-04-01  ANNA saves a new card
2026-04-15  > ANNA is charged 9.99 EUR for period 4
2026-05-01  the end
