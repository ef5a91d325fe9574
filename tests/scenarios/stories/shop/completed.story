# A total that is shared is taken to the last cent: what is left goes to whoever lost most by the rounding.
2026-03-01  TRIP of 100.00 EUR is paid by shares of 1, 1, 1
            > TRIP.1 is charged 33.34 EUR
            > TRIP.2 is charged 33.33 EUR
            > TRIP.3 is charged 33.33 EUR
            > TRIP is completed
2026-03-02  TRIP of 100.00 EUR is paid by shares of 1, 1, 1
2026-03-03  the end
