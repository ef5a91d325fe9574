# A bank that wants to see the customer is not asked again before they have confirmed, or pay with another card.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-01  the bank declines ANNA with 3014: SCA Required
2026-02-15  > ANNA is declined 9.99 EUR for period 2
            > period 2 of ANNA is past_due: customer
            > ANNA is told about period 2: customer_needed
2026-03-01  ANNA saves a new card
            > ANNA is charged 9.99 EUR for period 2
2026-03-15  > ANNA is charged 9.99 EUR for period 3
2026-03-20  the end
