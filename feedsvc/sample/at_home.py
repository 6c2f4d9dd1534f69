"""The sample stories of the sections Politics, Canada and Lifestyle."""

from feedsvc.sample.story import CREDIT, SampleStory, paragraphs

AT_HOME: tuple[SampleStory, ...] = (
    SampleStory(
        headline="Council widens the new footbridge by a metre, for the geese",
        standfirst=(
            "The birds have used the old crossing for forty years and, unlike most of the public, "
            "never once asked for parking."
        ),
        section="politics",
        authors=("Politics Desk",),
        topics=("Transport", "Wildlife"),
        age_hours=2,
        picture="geese-on-the-footbridge.jpg",
        picture_alt=(
            "Seven white geese and three goslings cross a stone footbridge in single file at sunrise, "
            "with a small town behind them and reeds in the river below."
        ),
        picture_credit=CREDIT,
        body=paragraphs("""
The new footbridge over the Wendle will be four metres wide instead of three. The council voted for the
extra metre by fourteen to five, after a survey found that one crossing in six is made by a goose.

The old bridge was built for people walking in single file. It has since been adopted by a flock of about
ninety geese, who walk to the water meadow each morning and walk back each evening, at a pace that nobody
has been able to influence.

## What the survey counted

Volunteers stood at both ends for eleven days with clickers and flasks. They recorded 4,120 pedestrians, 611
bicycles, 902 geese and one pony, whose rider said that they were lost.

“We had expected the geese to be a nuisance in the figures,” says the clerk’s report. “They turned out to be
the only users who keep left.”

## Where the money comes from

The extra metre costs as much as a small roundabout, and a small roundabout is what the town will go
without. The junction by the mill keeps its give-way sign, which the highways committee described as
perfectly legible.

Opponents pointed out that the birds can fly. The chair of the works committee replied that so, in
principle, could the budget, and that a council should plan for what it sees in front of it.

## What happens next

Work begins when the river is low. For three weeks the meadow can be reached only by the stepping stones,
and a sign to that effect will be put up at two heights.
"""),
    ),
    SampleStory(
        headline="Prairie town’s stopped clock is declared correct after all",
        standfirst="Rather than mend the hands, Tansy Creek has spent forty years bringing everything else into line.",
        section="canada",
        authors=("Canada Desk",),
        topics=("Heritage", "Time"),
        age_hours=9,
        updated_after_hours=3,
        body=paragraphs("""
The clock on the grain hall at Tansy Creek stopped at ten past four on a windy afternoon some forty years
ago. This week the heritage board listed it as “in working order”, on the ground that everyone in town
already works by it.

## A town that met its clock halfway

Repair was discussed at the time and found to be dear. The bakery began instead to bring out its second
batch at ten past four. The school bus followed, then choir practice, then the weekly meeting of the curling
club, which has not started late since.

“A clock that is right twice a day can be of use, if you choose the right twice,” says the board’s report,
which runs to nine pages and is kept under the counter of the hardware shop for anyone who would like to
read it.

The other ten past four, in the small hours, belongs to the night baker, who has asked that it be left as it
is.

## The offer from the city

A museum in the city had offered to restore the works without charge. The town thanked it and declined by
sixty-one votes to eight. Most of the eight were visiting relatives, and their votes have been set aside
with a friendly letter.

## One small adjustment

The listing does not cover daylight saving. Twice a year a volunteer climbs to the clock with a ladder and a
thermos, looks at the hands for a minute, and climbs down again. The minutes record that the matter was
considered.

The board will now turn to the weathervane, which points north and always has.
"""),
    ),
    SampleStory(
        headline="One ladder, forty gardens and a calendar that works",
        standfirst=(
            "The allotments at Marrow Lane share everything from shears to wheelbarrows. "
            "The secret is a sheet of paper and a pencil on a string."
        ),
        section="lifestyle",
        authors=("Lifestyle Desk",),
        topics=("Gardens", "Sharing"),
        age_hours=33,
        body=paragraphs("""
There are forty plots at Marrow Lane, and until last year there were forty ladders, most of them too short.
Now there is one. It is tall, it has rubber feet, and it is never idle between the first plums and the last
apples.

## How the sheet came about

The gardeners tried a group chat first. It filled with photographs of courgettes, and nobody could find the
ladder in it. Then somebody ruled a sheet of paper into days and nailed it to the shed, with a pencil on a
string.

The rules fit along the bottom margin. Book no more than two days ahead. Bring it back dry. If you find a
bird’s nest, tell the shed and leave the ladder where it is.

## What else is on the list

The sheet has since grown to eleven tools, among them a scythe that may be borrowed only with its owner
attached, and a wheelbarrow known as the good one. The other wheelbarrow can be had at any time.

The busiest day is Saturday, from the moment the gate opens. The longest loan ran to nine days, on account
of the nest. Losses so far come to one pencil, which was replaced with a longer string.

## Advice to other gardens

Begin with one thing that everybody needs and nobody uses daily. Put the sheet where people already stand
and talk. And buy the tall one, the gardeners say: a short ladder is merely a chair with ideas.
"""),
    ),
    SampleStory(
        headline="Northern railcar adds a stop at the blueberry patch",
        standfirst=(
            "For six weeks the morning service will halt on the far side of the Tamarack Narrows, "
            "where there is no road, no platform and a great deal of fruit."
        ),
        section="canada",
        authors=("Canada Desk", "Transport Desk"),
        topics=("Railways", "Transport", "Food"),
        age_hours=50,
        picture="railcar-over-the-narrows.jpg",
        picture_alt=(
            "A red railcar crosses a timber trestle over a still lake, with autumn woods and two snowy peaks "
            "behind it and a basket of blueberries among the bushes in front."
        ),
        picture_credit=CREDIT,
        body=paragraphs("""
The little red railcar that carries mail, schoolteachers and the occasional canoe up the northern line has a
new stop. It has no name in the timetable, only a small drawing of a berry.

## A request with evidence

Passengers had been asking for years. The line’s managers were persuaded this summer by a petition of 212
signatures, which arrived with a pie. A second pie was sent to the signalling department as a precaution.

The stop lies just beyond the timber trestle, where the bushes come down to the water. The railcar waits
there for four minutes on the way out and picks everybody up on the way home. A long whistle means ten
minutes. Two long whistles mean that the driver can see you and is not angry, only on time.

## What to bring

Buckets travel free if they are empty on the way out. On the way back they ride on the passenger’s own
knees, after an incident with a sharp curve and a pale raincoat.

Pickers are asked to leave the upper slope alone. It belongs to the bears by long custom, and they have not
signed anything.

## Looking ahead

If the trial goes well the stop will return next year with a bench. The line has been asked about mushrooms
as well, and says that it will look into the matter in wet weather.
"""),
    ),
    SampleStory(
        headline="By-law against squeaking gates passes without a murmur",
        standfirst="Owners have until the spring to find the oil can. The council will lend one to those who cannot.",
        section="politics",
        authors=("Politics Desk",),
        topics=("By-laws", "Noise"),
        age_hours=58,
        updated_after_hours=20,
        body=paragraphs("""
A by-law that asks the owners of gates to keep them quiet passed its third reading in Lower Stonecroft in
under a minute. It is thought to be the first measure in the council’s history to which nobody objected,
seconded an amendment or asked for a map.

## A problem heard at night

The village has 318 gates. A listening walk, carried out after ten in the evening by members of all groups
in soft shoes, found that 74 of them could be heard from across the road, and eleven from the next street.

The loudest by a good margin was the gate of the council yard. It was oiled the following morning.

## No fines, for now

There will be no penalty in the first year. A squeaking gate receives a card with a drawing of a mouse on
it. A gate that has collected three cards receives a visit from the handyman, who brings oil and stays for
tea if asked.

Exceptions are made for the gate of the infants’ school, which is held to be a useful warning, and for one
garden in Pound Lane whose owner is fond of the sound and whose neighbours, on being asked, said that they
would miss it.

## What happens next

Attention now passes to the church hall’s folding chairs. A working group has been formed and has agreed to
meet standing up.
"""),
    ),
    SampleStory(
        headline="Why the neighbourhood soup pot never quite runs out",
        standfirst=(
            "It has stood on the same stove since one cold evening last year. "
            "Nobody is in charge of it, and everybody has views about the barley."
        ),
        section="lifestyle",
        authors=("Food Desk",),
        topics=("Food", "Neighbours"),
        age_hours=81,
        body=paragraphs("""
The pot holds twenty-two litres and lives in the back kitchen of the old ferry office. Anyone in the street
may fill a bowl. Anyone who does is expected to put something back before the week is out, and almost
anything will do.

## The only three rules

No fish on a Monday, because it lingers. No beetroot without a vote. And whoever takes the last bowl starts
the next pot, which in all that time has not happened once.

“You see people come in, look at the ladle, and stop at half a bowl,” says a retired ferry hand who keeps
the stove. “It is not generosity. They do not want to peel eight pounds of onions.”

## What goes in

A notebook by the stove records each addition. Leeks lead the list, followed by carrots, then “the end of a
cheese”, which appears ninety-one times. There was once a pineapple. The entry has been underlined, and
there is no comment.

The street’s one serious dispute was over barley, which swells in the night and has lifted the lid twice. It
was settled with a smaller scoop.

## How to start your own

Find a stove that is warm anyway and a person who is home in the evenings. Begin with stock, onions and a
notebook. Keep the first week plain, and do not write a constitution: the regulars say that it will grow one
by itself, at about the time of the first parsnip.
"""),
    ),
    SampleStory(
        headline="Maple grove opens its paths to wheels of every kind",
        standfirst=(
            "Two kilometres of firm, level track now run through the old sugar bush, "
            "with a bench wherever somebody’s grandmother said there should be one."
        ),
        section="canada",
        authors=("Canada Desk",),
        topics=("Parks", "Access"),
        age_hours=122,
        body=paragraphs("""
The sugar bush above Lac-aux-Plumes has been open to the public for a century, provided that the public
could climb over a stile. The stile is now in the village museum, and in its place is a gate wide enough for
two wheelchairs, or one pram and an argument.

## Tested by those who know

Before a single load of gravel was ordered, the village sent out a party of nine with everything on wheels
that it could find: chairs, prams, a walking frame, a delivery bicycle and a child’s wagon with a cat in it.
They marked each root and dip with a ribbon.

The path bends in thirty-one places as a result. It keeps clear of every tree more than eighty years old,
and goes twice around one of them because the party agreed that it deserved it.

## Benches by request

There are fourteen benches, set at distances chosen by older residents after a long afternoon of sitting
down in likely spots. No two are further apart than a short story told slowly.

At the top, where the pans steam in the spring, a lower counter has been added to the tasting hut. Children
found it first.

## When to go

The grove is open from dawn to dusk, and the leaves are at their best in the early autumn. The cat has been
seen since on the second bench, and appears to regard the matter as settled.
"""),
    ),
    SampleStory(
        headline="Voters choose a park bench by sitting on all nine of them",
        standfirst="Turnout in the riverside ward reached a record, as did the time spent at the polling station.",
        section="politics",
        authors=("Politics Desk",),
        topics=("Parks", "Elections"),
        age_hours=213,
        body=paragraphs("""
The riverside ward has a new park bench, and for once nobody can say that they were not consulted. Nine
candidates stood on the lawn for a weekend. Voters were asked to sit on each of them for as long as they
thought fair, and to drop a pebble in the bucket behind the one they liked best.

## A close-run thing

Bench Four, a plain oak seat with a high back, won by 417 pebbles to 402. The runner-up, which was curved,
was praised for its looks but suffered from a tendency to introduce strangers.

Bench Nine, made of recycled bottle tops, polled well among under-tens. Bench Two withdrew on the Saturday
afternoon when a leg came off.

## Questions of procedure

The returning officer was called on only twice. A dog’s pebble was ruled out, though it had been placed with
evident care. A voter who fell asleep on Bench Six was deemed to have voted for it, and on being woken
agreed.

“It was the slowest count I have known and by far the most comfortable,” the officer said in a statement
read from Bench Four.

## Where it will stand

The bench goes in beside the boat steps next month, facing the water. A second vote, on whether it should
face the other way in the winter, has been put off until people have had the chance to sit and think about
it.
"""),
    ),
)
