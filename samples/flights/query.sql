-- The probability that a flight is more than 15 minutes late, from the flight and both of its airports. The airports table is joined twice,
-- so that its columns reach the model by name and not by '*'.
SELECT
    f.date,
    f.origin,
    f.destination,
    f.delay,
    predict('delay',
        distance := f.distance,
        month := f.month,
        weekday := f.weekday,
        hour := f.hour,
        origin := o.iata,
        origin_state := o.state,
        origin_latitude := o.latitude,
        origin_longitude := o.longitude,
        origin_departures_per_day := o.departures_per_day,
        origin_mean_delay := o.mean_delay,
        destination := d.iata,
        destination_state := d.state,
        destination_latitude := d.latitude,
        destination_longitude := d.longitude,
        destination_departures_per_day := d.departures_per_day,
        destination_mean_delay := d.mean_delay) AS probability
FROM flights f
JOIN airports o ON f.origin = o.iata
JOIN airports d ON f.destination = d.iata
