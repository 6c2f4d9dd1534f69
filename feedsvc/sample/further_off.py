"""The sample stories of the sections World and Tech."""

from feedsvc.sample.story import CREDIT, SampleStory, paragraphs

FURTHER_OFF: tuple[SampleStory, ...] = (
    SampleStory(
        headline="Village broadband speeds up after a heron moves house",
        standfirst="Engineers spent two winters looking for the fault. It was standing on one leg.",
        section="tech",
        authors=("Tech Desk",),
        topics=("Broadband", "Wildlife"),
        age_hours=5,
        body=paragraphs("""
For two winters the internet in Nether Wick slowed to a crawl every evening at about seven. Cables were
changed, boxes were switched off and on again, and a consultant came from the city and went home with a
cold. The cause has now been found. It is grey, about a metre tall, and comes home to roost at seven.

## A fault that kept regular hours

The village gets its signal by radio from a mast on the hill. The dish sits in the church tower, behind
louvres that were left open for it, on a ledge that faces the sunset. A heron had discovered the ledge.

A schoolgirl who draws birds solved the puzzle. She had written down the time at which the heron flew over
her house each day, and her brother had written down the time at which his games stopped working. The two
lists were the same.

## A platform of its own

Nobody wished to disturb the bird. Two carpenters built a second ledge on the west side, a little wider and
out of the beam, with a lip to keep off the wind. The heron looked at it for four days and moved in on the
fifth.

Speeds that evening were eleven times what they had been. The parish clerk reports that the minutes of the
last nine meetings have all arrived at once.

## Lessons learned

The network company has added a line to its checklist for remote sites. It reads, in full: “Look up.”
"""),
    ),
    SampleStory(
        headline="Hilltop observatory asks its neighbours for an early night",
        standfirst=(
            "For one week Little Quill will put out its lamps at ten, so that a faint comet "
            "can be seen by anyone with a warm coat."
        ),
        section="tech",
        authors=("Science Desk",),
        topics=("Astronomy", "Neighbours"),
        age_hours=21,
        picture="observatory-at-lights-out.jpg",
        picture_alt=(
            "A comet with two tails hangs over a white observatory on a hill at night, while three people walk "
            "up the path and the village below is dark but for one window."
        ),
        picture_credit=CREDIT,
        body=paragraphs("""
The observatory above Little Quill has sent a card to every house in the village. It says please, gives a
list of seven evenings, and has a small hole in it through which, held at arm’s length, the comet should
just fit.

## A visitor that does not like fuss

The comet was last in the neighbourhood before there were street lamps, and is not expected again for some
six hundred years. It is bright enough for the naked eye, the astronomers say, but only just, and only if
the eye has been sitting in the dark for a quarter of an hour.

The parish agreed to switch off its nineteen lamps at ten o’clock. The baker, who starts at two, will work
by a candle and has asked that nobody write in about the buns.

## One light stays on

A single window in Mill Row will remain lit for a resident who reads late and is a hundred and one. The
observatory has measured it, called it charming, and pointed the telescope the other way.

## How to look

The dome is open to all from half past nine. There is a queue for the big telescope and none for the lawn,
where the view is wider and the cocoa is closer. Bring a coat, leave the torch, and let the children go
first: it is their sky for longer.

If there is cloud, the village has agreed to sit in the dark anyway and tell each other about it.
"""),
    ),
    SampleStory(
        headline="Two islands agree on the time after a century apart",
        standfirst=(
            "The quarter of an hour between them has been shared out fairly, and lunch will be served in the middle."
        ),
        section="world",
        authors=("World Desk",),
        topics=("Time", "Islands"),
        age_hours=27,
        body=paragraphs("""
The islands of Great and Little Ansel lie so close that a dog can be called home from one to the other. For
a hundred and four years they have also lain fifteen minutes apart, ever since each set its clock by a
different ship.

From next month they will keep the same time. Great Ansel goes forward by seven and a half minutes, and
Little Ansel goes back by the same amount.

## Why it took so long

Both ships were late, as far as the records show, and neither island cared to say by how much. A commission
sat in every decade. It was always adjourned, because half of its members had arrived before the other half
and had begun.

The ferry found a way to live with it. It left Little Ansel at noon and reached Great Ansel five minutes
before it had set out, which the crew came to regard as a courtesy.

## A ceremony in two halves

The clocks will be moved at the same moment by two harbour masters who can see each other’s handkerchiefs. A
brass band will play on either shore. They have rehearsed separately, and listeners are asked to be kind.

## What will be missed

Not everyone is pleased. The innkeeper on the point used to see the new year in twice, and had two sets of
paper hats. She has been granted a quarter of an hour’s extra opening on that one night, in perpetuity, by
both councils.
"""),
    ),
    SampleStory(
        headline="Mountain post office delivers its oldest parcel at last",
        standfirst=(
            "It was addressed to the schoolhouse, which has been a cheese store since before the postman was born."
        ),
        section="world",
        authors=("World Desk",),
        topics=("Post", "Heritage"),
        age_hours=74,
        body=paragraphs("""
A parcel posted sixty-eight years ago has reached the village of Oberhalm, eleven kilometres and one steep
path from the place where it was sent. The post office has apologised for the delay and has asked whether it
may keep the string.

## Found behind the stove

The parcel came to light when the sorting room was painted. It had slipped behind the tiled stove and stayed
warm there for two generations, which the inspector believes may account for the condition of the contents.

By the rules of the service an item once accepted must be delivered. A mule was hired, since that was the
service paid for, and the stamp was honoured at its original value.

## A question of who should open it

The schoolhouse to which it was addressed closed long ago and now ripens cheese. Eleven of its last pupils
still live in the valley. They were fetched, seated on low benches in order of age, and given one
scissor-snip each.

Inside were thirty slates, a box of coloured chalk and a note from the district which read: “With our
apologies for the delay.”

## In use again

The slates went up the same afternoon. They now hang above the shelves in the cheese store, where each
wheel’s name and age are chalked up in pink and yellow. The cheesemaker says that they are just the right
size, and that there was really no hurry.
"""),
    ),
    SampleStory(
        headline="Repair club prints the same missing knob 340 times",
        standfirst=(
            "One lost part had sent a whole generation of sound, heavy cookers to the yard. "
            "They are coming back out again."
        ),
        section="tech",
        authors=("Tech Desk",),
        topics=("Repair", "Sharing"),
        age_hours=98,
        body=paragraphs("""
The knob is made of brown plastic, is about the size of a walnut, and has not been manufactured for thirty
years. It cracks. When it does, a cooker that could roast for another half century can only be turned on
with pliers.

The repair club in Cooper’s Yard has now made 340 of them and has a waiting list.

## Harder than it looks

The club meets on Thursdays in a former stable. Members measured one surviving knob with great care and
printed a copy, which fitted and then slowly melted. The second was tough, but turned the wrong way. The
ninth, in a nylon made for kettles, has been through two winters and a wedding.

The drawing has been given away since then. Clubs in six other towns print the knob for their own cookers,
and one has sent back a version with a notch that can be read with the thumb in the dark. That is now the
one that everyone makes.

## What it costs

A knob takes forty minutes and a few pennies’ worth of material. The club asks for a donation, or for help
with the next stubborn object on the bench, which at present is a cuckoo clock that says nothing until
spoken to.

## The pile by the gate

The scrap yard next door has begun to put cookers to one side. Its owner sold four last month, complete with
knobs, and has bought the club a second printer, on the understanding that it will look next at the drawer
handles.
"""),
    ),
    SampleStory(
        headline="Harbour choir moves rehearsals to suit the tide tables",
        standfirst="High water turned out to be worth more to the basses than any amount of practice.",
        section="world",
        authors=("Culture Desk",),
        topics=("Music", "Harbours"),
        age_hours=146,
        body=paragraphs("""
The harbour choir of Vell used to sing on Wednesdays at eight. From this season it sings at high water,
whenever that may be, and its new programme comes with a tide table on the back.

## An accident of the slipway

The choir rehearses in the old boathouse, which is built on piles with the sea underneath. Last spring a
storm delayed the singers until nearly midnight. They found that their usual piece, which had always sounded
thin, filled the room like an organ.

A retired pilot in the second row worked out why. At low tide the sound falls through the floorboards into
two fathoms of empty air. At high water it comes back up.

## Living by the moon

Rehearsals now begin about fifty minutes later each day that passes, so that some are held before breakfast.
The sopranos have taken this well. The tenors were offered a vote and slept through it.

Families have adapted. The school lets choir children arrive damp and late one week in four, and the bakery
opens for anyone who can hum the alto line at the door.

## The first concert

It will be given on the spring tide, at 5.40 in the morning, with blankets. Tickets have sold out. Those
without may listen from boats, free of charge, provided that they do not join in on the descant, which
carries.
"""),
    ),
)
