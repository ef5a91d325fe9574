# Who wants all or nothing gets back what was taken once a part is declined, and asking again takes nothing.
2026-03-01  the gateway has no time for TOUR.2
            TOUR of 100.00 EUR is paid in parts of 70.00, 30.00, all or nothing
            once TOUR.1 is charged the bank declines TOUR.2
            > TOUR.1 is charged 70.00 EUR
            > TOUR.2 is declined 30.00 EUR
            > 70.00 EUR of TOUR.1 are given back
            > TOUR is compensated
2026-03-02  TOUR of 100.00 EUR is paid in parts of 70.00, 30.00, all or nothing
2026-03-03  the end
