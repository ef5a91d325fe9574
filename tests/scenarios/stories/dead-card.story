# A card that has died is not tried again; the period waits for a new one and is charged at once then.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-01  the bank declines ANNA with 3006: Rejected: invalid card
2026-02-15  > ANNA is declined 9.99 EUR for period 2
            > period 2 of ANNA is past_due: new_card
            > ANNA is told about period 2: card_needed
2026-02-20  ANNA saves a new card
            > ANNA is charged 9.99 EUR for period 2
2026-03-15  > ANNA is charged 9.99 EUR for period 3
2026-04-01  the end
