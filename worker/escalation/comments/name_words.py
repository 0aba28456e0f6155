"""What tells a person's name from what an account, an organisation or a thing is called.

Short lists by judgement, in English and German: no list of all names exists, and a display name may be anything.
"""

import re

GENERIC = re.compile(
    r"""
    admin\w* | automation | clients? | customers? | kunden\w* | \w*desk | development | devops | engineering | help
    | infrastructure | jira | managers? | management | office | operations | ops | products? | projects? | releases?
    | sales | security | \w*services? | \w*support\w* | \w*systems? | \w*teams? | technical | tech | test | the |
    users? | workers? | (?:chat|ro)?bots? | accounts? | accounting | cloud | platform | mobile | web | apps? | api |
    backend | frontend | data | database | digital | software | solutions | technolog(?:y|ies) | payments? | billing
    | invoices? | invoicing | finance | marketing | hr | qa | it | ui | ux | pm | sre | eu | us | uk | triage |
    incidents? | escalations? | hotline | reception | empfang | buchhaltung | vertrieb | entwicklung | technik |
    betrieb | zentrale | rechnung\w* | no-?reply | agents? | integrations? | assistant | monitoring | monitor |
    alerts? | notifications? | on-?call | duty | queue | inbox | mailbox | shared | general | global | guests? |
    default | anonymous | former | unassigned | department | abteilung | staff | care | success | clinics? |
    hospitals? | vets? | veterinar\w* | tierärzt\w* | tierarzt\w* | tierklinik\w* | tiermedizin\w* | animals? |
    pets? | paws? | cent(?:er|re)s? | groups? | gruppe | gmbh | ag | kg | inc | ltd | llc | llp | plc | corp |
    corporation | company | firma | shop | store | labs? | labor | institute? | university | universität | school |
    schule | verein | stiftung | foundation | partners | associates | consulting | \w*praxis | \w*klinik(?:en|um)? |
    \w*zentrum | \w*dienst | leitstelle | geschäftsstelle | bookings? | appointments? | reminders? | calendar |
    imports? | exports? | reports? | reporting | sync | scheduler | pharmacy | apotheke | rescue | shelter | dental
    | medical | medicine | health | equine | feline | canine
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What accounts that many people share, and organisations, are called by."""

_ORDINARY = """
a ab ace ada adelaide ai alexa alexandria als alt am amber an and angel angelo apr april art as ash asia at atlanta au
auf aug august aus austin autumn basil bay bear bei berg berlin best bill bin bis bishop blue bolt brandy brave brook
brooklyn buck bud buddy bunny but by can carolina cash cat chance charity charlotte chase chelsea china chip clay
cleveland cliff clover code cole colt cookie cooper crystal da daisy dakota dale dallas dann das dawn de dean dec dein
dem den denver der des destiny dez di die do doch dolly don dot dove drew du dusk dusty echo ed eden ein el ember
emerald en er ernst es et eve ever faith feb fern first flora florence forest fox fr frank frei fri friend für gale
gar garnet gene geneva georgia ging ginger glen glory go good grace grant gray green grey gut guy ha hall happy hardy
harmony harper hat hazel heath heather heide heinz hero hi hill ho holly honey honor hope houston hunter id if ihr il
im in india iris is israel ist italia ivory ivy ja jack jackson jade jan jasmine jay je jersey jet jewel job jordan
joy jul july jun june justice kein kent kenya king kit kitty la lake lance lane lark laurel le leaf liberty lily
lincoln link london long los lourdes love lucky lux ma mac madison mai major man mar mark marlin marshall mason master
max may meadow melbourne melody mercy merit mi milan miles miller min mission misty mit mo mon montana my nach nevada
new no noble noch north not nov now nun nur ob ocean oct oh ok okt old olive on opal or orlando os out pa page paris
parker pat patience pc peace pearl penny per phoenix pierce pilot piper poppy porter prince princess pro quick rain
rat raven ray re red reed regina rich river rob robin rock roman root rose ruby rusty sa sage sandy sat savannah scout
sehr sein sep serenity sharp shepherd si sie sierra silver sind skip sky so son sonny sparrow spike star sterling
stone storm stormy story sue summer sun sunny swift sydney tag tanner taylor temple terra thi this thu thus tiger to
trinity trip true tucker tue tulsa turner tv um un und unity uns up us valentin van verona vice victor victoria vienna
violet virginia vom von vor war ward was washington we wed wem wen wer west wie will wir wo wolf won wren yes york
young zen zu zum zur
"""
ORDINARY = frozenset(_ORDINARY.split())
"""Given names that are words, dates or places, too, and the little words that another's name may be spelt as."""

_GIVEN = """
aaron adam adrian alan albert alex alexander alexandra alice alina amanda amy andrea andreas andrew andy angela anika
anja anke ann anna anne anthony anton antonia arthur astrid barbara bastian beate ben benjamin bernd bettina birgit
bob boris brandon brian bruce carl carla carlos carmen carol caroline carsten catherine charles chloe chris christian
christiane christina christine christopher claire clara claudia connor cora dan dana daniel daniela david deborah
dennis diana dieter dirk dominik donald donna doris dorothea dylan eddie edward elena elias elisabeth elizabeth ella
ellen emil emily emma eric erik erin ethan eva evelyn fabian felix finn florian franz franziska frederick fritz
gabriele gary georg george gerald gerd greg gregory gudrun günter hanna hannah hans harald harry heidi heike heiko
heinrich helen helena helga henrik henry holger ian ines inga ingo ingrid irene isabel isabella ivan jacob jakob james
jana jane janet jason jean jeff jeffrey jennifer jenny jens jeremy jessica jill jim joan joanna jochen joe joel
johanna johannes john johnny jon jonas jonathan jose joseph joshua juan judith judy julia julian julie justin jörg
jürgen kai karen karin karl katharina katherine kathrin katja keith kelly ken kerstin kevin kim klaus kurt kyle lara
lars laura lauren lea lena leon leonie liam linda lisa logan lothar lou louis louise luca lucas lucy ludwig luis luisa
lukas luke maja manfred manuel manuela marc marcel marco marcus margaret maria marie marina mario marion markus martha
martin martina mary mateo matt matthew matthias maximilian megan melanie mia michael michaela michelle miguel mike
mila mohammed monika moritz nadine nancy natalie nathan nicholas nick nicole niklas nils nina noah nora norbert oliver
olivia oskar otto pam pamela patricia patrick paul paula pedro peggy peter petra philip philipp rachel rainer ralf
ralph raymond rebecca renate richard rita robert roger roland rolf ronald ruth ryan rüdiger sabine sabrina sally sam
samantha samuel sandra sara sarah scott sean sebastian silke silvia simon simone sofia sofie sonja sophia sophie
stefan stefanie steffen stephanie stephen steve steven susan susanne sven svenja tamara tanja theo theresa thomas
thorsten tim timo timothy tina tobias todd tom tony torsten udo ulrich ulrike ursula ute uwe vanessa vera verena
veronika volker walter wendy werner wilhelm william wolfgang yvonne zoe
"""
GIVEN = frozenset(_GIVEN.split())
"""Common given names: the only ones taken for such in what an account might be called (`Sam Support`)."""
