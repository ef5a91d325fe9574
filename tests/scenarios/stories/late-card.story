# A new card pays what the old one was declined for, and the newest period that was skipped since; one charge each run.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-01  the bank declines ANNA with 3006: Rejected: invalid card
2026-02-15  > ANNA is declined 9.99 EUR for period 2
            > period 2 of ANNA is past_due: new_card
            > ANNA is told about period 2: card_needed
2026-03-15  > period 3 of ANNA is skipped: card_dead
2026-04-15  > period 4 of ANNA is skipped: card_dead
2026-04-20  ANNA saves a new card
            > period 3 of ANNA is held: missed
            > period 4 of ANNA is retrying: new_card
            > ANNA is charged 9.99 EUR for period 2
2026-04-21  > ANNA is charged 9.99 EUR for period 4
2026-05-15  > ANNA is charged 9.99 EUR for period 5
2026-06-01  the end
