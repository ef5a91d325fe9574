# Who moves keeps the day; no day is paid twice and none is left out, eastwards and westwards, clocks forward and back.
2026-02-28  ANNA signs up for 9.99 EUR every month in Pacific/Auckland
            BRUNO signs up for 1.00 EUR every week in America/New_York
            > ANNA is charged 9.99 EUR for period 1
            > BRUNO is charged 1.00 EUR for period 1
2026-03-07  > BRUNO is charged 1.00 EUR for period 2
2026-03-10  ANNA moves to America/New_York
            BRUNO moves to Pacific/Auckland
2026-03-14  > BRUNO is charged 1.00 EUR for period 3
2026-03-21  > BRUNO is charged 1.00 EUR for period 4
2026-03-28  > BRUNO is charged 1.00 EUR for period 5
            > ANNA is charged 9.99 EUR for period 2
2026-04-01  BRUNO cancels
2026-04-28  > ANNA is charged 9.99 EUR for period 3
2026-05-10  the end
