"""Who talks with whom in `demo`, and about what."""

from typing import NamedTuple


class Person(NamedTuple):
    usuario: str
    nombre: str
    rol: str


PEOPLE = (
    Person("demo.marta", "Marta Ruiz", "admin"),
    Person("demo.elena", "Elena Soto", "admin"),
    Person("demo.ana", "Ana García", "user"),
    Person("demo.luis", "Luis Ortega", "user"),
    Person("demo.ines", "Inés Peña", "user"),
    Person("demo.tomas", "Tomás Vidal", "user"),
    Person("demo.yusuf", "يوسف حداد", "user"),
    Person("demo.grace", "Grace Miller", "user"),
)

# Each: the user, the admin who answers, and the texts in order; `< ` marks an answer.
CONVERSATIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "demo.grace",
        "demo.elena",
        (
            "Hello! Can I write in English?",
            "< Of course. How can we help?",
            "I would like the invoice of last month with the VAT number of my company.",
            "< It is on its way to your e-mail address.",
            "Got it, thank you! 👍",
            "< You are welcome.",
        ),
    ),
    (
        "demo.yusuf",
        "demo.marta",
        ("مرحبا، لم يصل طلبي بعد.", "< Hola, Yusuf. Lo miramos ahora mismo. شكرا لصبرك", "شكرا جزيلا"),
    ),
    (
        "demo.tomas",
        "demo.marta",
        (
            "Buenas, he cambiado de dirección y el paquete ya ha salido.",
            "< Hola, Tomás. ¿Me dice la nueva?",
            "Calle del Pez 12, 3.º B\n28004 Madrid",
            "< Avisado el transportista: lo lleva a la nueva el jueves.",
            "Perfecto 🎉",
        ),
    ),
    (
        "demo.ines",
        "demo.elena",
        (
            "El enlace https://example.org/devoluciones?pedido=1042&paso=2 no me deja terminar.",
            "El botón <Siguiente> se queda gris.",
            "< Gracias por avisar, Inés. ¿Con qué navegador?",
            "Firefox, en el móvil.",
        ),
    ),
    (
        "demo.luis",
        "demo.marta",
        (
            "¿Hasta qué hora atienden los sábados?",
            "< Los sábados, de 10:00 a 14:00.",
            "¿Y hay que pedir cita?",
            "< No hace falta.",
            "Gracias, Marta.",
            "< A usted, Luis. Buen fin de semana.",
        ),
    ),
    (
        "demo.ana",
        "demo.marta",
        (
            "Hola, no puedo entrar con mi cuenta nueva.",
            "< Hola, Ana. ¿Qué le dice la página?",
            "Que el usuario o la contraseña son incorrectos, pero los he copiado tal cual.",
            "< ¿Puede ser que se haya copiado un espacio al final?",
            "¡Era eso! Ya he entrado 😊",
            "Otra cosa: ¿dónde cambio mi nombre?",
        ),
    ),
)
