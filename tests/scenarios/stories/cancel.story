# Who cancels at the end of the period is not charged again; who cancels before a period is due, neither.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            BRUNO signs up for 3.00 EUR every week in Europe/Berlin
            > ANNA is charged 9.99 EUR for period 1
            > BRUNO is charged 3.00 EUR for period 1
2026-01-20  ANNA cancels at the end of the period
2026-01-22  > BRUNO is charged 3.00 EUR for period 2
2026-01-25  BRUNO cancels
2026-03-20  the end
