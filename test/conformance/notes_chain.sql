-- Notes as a DBA scrubs them with what the server has: the yardstick of notes.sh and the bench.
CREATE FUNCTION scrub_chain(note text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN
regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
regexp_replace(regexp_replace(regexp_replace(note,
    '[\w.+-]+@[\w-]+\.[\w.-]+', '[EMAIL]', 'g'),
    'https?://\S+|www\.\S+', '[URL]', 'g'),
    '\m\d{1,3}(\.\d{1,3}){3}\M', '[IP]', 'g'),
    '\m\d{3}-\d{2}-\d{4}\M', '[SSN]', 'g'),
    '\m(\d[ -]?){13,16}\M', '[CARD]', 'g'),
    '(\+?1[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}\M', '[PHONE]', 'g'),
    '(MRN|Acct|Account|ID|Member ID|Policy)[:# ]+[\w-]*\d[\w-]*', '\1 [ID]', 'gi'),
    '\m\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\M', '[DATE]', 'g'),
    '\m\d{4}-\d{2}-\d{2}\M', '[DATE]', 'g'),
    '\m(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.? \d{1,2}(st|nd|rd|th)?(,? \d{4})?', '[DATE]', 'g'),
    '\m\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}', '[DATE]', 'g'),
    '\m(Mr|Mrs|Ms|Dr|Prof)\.? [A-Z][\w''-]+( [A-Z][\w''-]+)?', '[NAME]', 'g'),
    '\m\d+ ([A-Z]\w+ )+(St|Street|Ave|Avenue|Rd|Road|Blvd|Lane|Ln|Dr|Drive|Ct|Court)\M\.?', '[ADDRESS]', 'g'),
    '\m[A-Z]{2} \d{5}(-\d{4})?\M', '[ZIP]', 'g'),
    '\m\d{7,}\M', '[ID]', 'g');
